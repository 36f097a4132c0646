import * as z from "zod";

import { httpUrl } from "../../lib/fields.ts";

export const telemetrySchema = z
  .strictObject({
    otlpEndpoint: httpUrl
      .optional()
      .describe(
        "URL of an OpenTelemetry collector (OTLP over HTTP), like http://otel-collector.observability:4318; default: no traces.",
      ),
  })
  .describe("Traces of requests.");

export type TelemetrySettings = z.output<typeof telemetrySchema>;
