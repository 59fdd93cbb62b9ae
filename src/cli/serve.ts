import { once } from 'node:events';
import type { Command } from 'commander';
import type { ConnectionInfo, Logger, Runtime } from '../app/index.ts';
import { newToken, tokenFrom } from '../app/server/access-token.ts';
import type { RunningServer } from '../app/server/serve.ts';
import type { CommandContext } from './context.ts';
import { addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { printable } from './output.ts';
import type { Output } from './output.ts';
import { parseConnection, prepareConnections } from './serve-connections.ts';
import type { NamedLocation } from './serve-connections.ts';
import { listenSettings } from './serve-settings.ts';
import type { ListenOptions } from './serve-settings.ts';

interface ServeOptions extends ListenOptions, LogonOptions {
  readonly connection: readonly NamedLocation[];
  readonly publicMetrics?: boolean;
}

/** How a runtime is made; tests bring their own. */
export type MakeRuntime = (options: { readonly logger: Logger }) => Runtime;

export function addServe(program: Command, context: CommandContext, make: MakeRuntime): void {
  const collect = <T>(parse: (text: string) => T) => {
    return (text: string, before: readonly T[] = []): readonly T[] => [...before, parse(text)];
  };
  const command = program
    .command('serve')
    .summary('serve live directories over HTTP and WebSocket')
    .description(
      'Serves live directories over HTTP and WebSocket until Ctrl-C. What it prints first are its ' +
        'address, the connections and how to come in; its log goes to standard error.',
    )
    .option('--host <host>', 'address to listen on (default: TIDEWATCH_HOST, else 127.0.0.1)')
    .option('--port <port>', 'port to listen on, 0 for any (default: TIDEWATCH_PORT, else 8080)')
    .option(
      '--connection <name=location>',
      'a directory to serve, read-only: smb://, file:// or a plain path; may be repeated; a ' +
        'password that is missing is looked for in TIDEWATCH_SMB_PASSWORD_<NAME> first',
      collect(parseConnection),
      [],
    )
    .option(
      '--allow-origin <origin>',
      'let pages of this origin open WebSockets; may be repeated',
      collect(String),
    )
    .option('--public-metrics', 'answer /metrics without a token')
    .option('--insecure-http', 'listen beyond this machine without TLS');
  addLogonOptions(command).action((options: ServeOptions) => serve(options, context, make));
}

async function serve(
  options: ServeOptions,
  context: CommandContext,
  make: MakeRuntime,
): Promise<void> {
  const { env, output, signal } = context;
  const { logLevel, ...listening } = listenSettings(options, env);
  const connections = await prepareConnections(options.connection, options, context);
  if (signal.aborted) return;
  // Only now: the other commands start in half the time without the packages of the server.
  const [{ createLogger }, { startServer }] = await Promise.all([
    import('../app/server/logger.ts'),
    import('../app/server/serve.ts'),
  ]);
  const logger = createLogger(logLevel, output.stderr);
  const chosen = tokenFrom(env);
  const token = chosen?.token ?? newToken();
  const server = await startServer({
    ...{ runtime: make({ logger }), logger, ...listening, connections, token },
    metricsPublic: options.publicMetrics ?? false,
  });
  try {
    await announce(output, server, options.connection, chosen === undefined ? token : undefined);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await server.stop();
  }
}

/** What whoever started it needs to know. `token`: one made for this run, which nobody else tells. */
async function announce(
  output: Output,
  { connections, url }: RunningServer,
  named: readonly NamedLocation[],
  token: string | undefined,
): Promise<void> {
  await output.line(`listening on ${url}`);
  for (const connection of connections) {
    await output.line(`connection ${connectionLine(connection, named)}`);
  }
  if (token === undefined) {
    await output.line('token: the one of TIDEWATCH_TOKEN');
  } else {
    await output.line(`token ${token}`);
    await output.line('  made for this run; set TIDEWATCH_TOKEN to choose one');
  }
  const shown = token ?? '$TIDEWATCH_TOKEN';
  await output.line(`try  curl -H "Authorization: Bearer ${shown}" ${url}/api/connections`);
}

function connectionLine({ id, name }: ConnectionInfo, named: readonly NamedLocation[]): string {
  const location = named.find((one) => one.name === name)?.location.display ?? '';
  return `${printable(name)}  ${id}  ${printable(location)}`;
}
