import { exporterImage } from "../../kit/exporter/parts.ts";

export const image = exporterImage("prom/node-exporter:v1.9.1", "prometheus-node-exporter");
