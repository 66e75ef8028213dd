import { exporterImage } from "../../kit/exporter/parts.ts";

export const image = exporterImage("prom/mysqld-exporter:v0.17.2", "prometheus-mysqld-exporter");
