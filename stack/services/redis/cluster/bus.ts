/** The certificates of the cluster bus, over which the nodes talk to each other. Pure. */
import type { CertificateFiles, CertificateSpec } from "../../../core/service/certificate.ts";
import type { Setting } from "../../../core/service/setting.ts";

/**
 * A node of the bus needs no password: whoever reaches it joins, takes slots, and is sent clients with theirs. With TLS
 * each end shows a certificate. Redis checks only that the authority has signed it, so this authority signs nothing else.
 */
export const busCertificate: CertificateSpec = { name: "bus", authority: "redis-bus", settings: busSettings };

const SOURCE = 'redis.conf of Redis 7.4, "TLS/SSL"';

function busSettings({ certificate, key, authority }: CertificateFiles): readonly Setting[] {
  return [
    setting(
      "tls-cert-file",
      certificate,
      "what each node shows the others; signed by the stack's own authority",
      "live",
    ),
    setting("tls-key-file", key, "the key of that certificate", "live"),
    setting("tls-ca-cert-file", authority, "the authority that signs certificates of the bus, and no others", "live"),
    // Links that are open keep what they were opened with, and a plain node and one with TLS never meet: all at once.
    setting("tls-cluster", "yes", "yes: whoever has no certificate of the stack cannot join the cluster", "recreate"),
  ];
}

function setting(name: string, value: string, formula: string, takes: Setting["takes"]): Setting {
  return { name, value, unit: "text", takes, because: { formula, inputs: {}, source: SOURCE } };
}
