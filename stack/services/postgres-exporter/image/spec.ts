import { exporterImage } from "../../kit/exporter/parts.ts";

export const image = exporterImage("prometheuscommunity/postgres-exporter:v0.17.1", "prometheus-postgres-exporter");
