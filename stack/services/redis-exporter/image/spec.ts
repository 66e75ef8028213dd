import { exporterImage } from "../../kit/exporter/parts.ts";

export const image = exporterImage("oliver006/redis_exporter:v1.69.0", "prometheus-redis-exporter");
