import { programs, type ToolName } from '../../tools/programs.ts';

/** Where the upstream image of a program has it, and how it calls it; its manifests rely on nothing else. */
export type UpstreamImage = {
  readonly tool: ToolName;
  readonly version: string;
  /** The program in the image, which is also the image's entrypoint. */
  readonly path: string;
};

function upstream(tool: ToolName, path: string): UpstreamImage {
  return { tool, version: programs[tool].build.version, path };
}

/** By the name that a stack's configuration has for the image. */
export const upstreamImages = {
  nats: upstream('nats-server', '/nats-server'),
  collector: upstream('otelcol', '/otelcol-contrib'),
  jaeger: upstream('jaeger', '/cmd/jaeger/jaeger-linux'),
  prometheus: upstream('prometheus', '/bin/prometheus'),
  alertmanager: upstream('alertmanager', '/bin/alertmanager'),
  toxiproxy: upstream('toxiproxy-server', '/toxiproxy'),
} as const satisfies Readonly<Record<string, UpstreamImage>>;
