import { once } from 'node:events';
import type { Command } from 'commander';
import type { ConnectionInfo, Logger, Runtime } from '../app/index.ts';
import { newToken, tokenFrom } from '../app/server/access-token.ts';
import type { RunningServer, ServerOptions } from '../app/server/serve.ts';
import type { CommandContext } from './context.ts';
import { dataDirOf } from './data-dir.ts';
import { addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { printable } from './output.ts';
import type { Output } from './output.ts';
import { parseConnection, prepareConnections } from './serve-connections.ts';
import type { NamedLocation } from './serve-connections.ts';
import { isForThisMachineAlone, listenSettings } from './serve-settings.ts';
import type { ListenOptions } from './serve-settings.ts';
import { signInCommand, signInLines } from './sign-in.ts';

interface ServeOptions extends ListenOptions, LogonOptions {
  readonly connection: readonly NamedLocation[];
  readonly dataDir?: string;
  readonly ephemeral?: boolean;
  readonly publicMetrics?: boolean;
}

/** How a runtime is made; tests bring their own. */
export type MakeRuntime = (options: {
  readonly logger: Logger;
  readonly dataDir?: string | undefined;
}) => Runtime;

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
      '--data-dir <dir>',
      'where accounts, connections and keys are kept (default: TIDEWATCH_DATA_DIR, else ./data)',
    )
    .option('--ephemeral', 'keep nothing: no accounts, only --connection and one token')
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
  const { createLogger } = await import('../app/server/logger.ts');
  const logger = createLogger(logLevel, output.stderr);
  const serving = {
    ...{ logger, ...listening, connections },
    metricsPublic: options.publicMetrics ?? false,
  };
  const token = tokenFrom(env)?.token;
  const started = await (options.ephemeral === true
    ? startEphemeral({ ...serving, runtime: make({ logger }), token })
    : startKept(options, { ...serving, token }, context, make));
  try {
    await output.line(`listening on ${started.server.url}`);
    await announceConnections(output, started.server, options.connection);
    for (const line of started.lines) await output.line(line);
    await output.line(started.invitation);
    if (!signal.aborted) await once(AbortSignal.any([signal, started.lost]), 'abort');
  } finally {
    await started.stop();
  }
  if (started.lost.aborted) throw started.lost.reason;
}

/** A server that runs, and what to print about it. */
interface Started {
  readonly server: RunningServer;
  readonly lines: readonly string[];
  /** What to do first. */
  readonly invitation: string;
  /** What it cannot go on without is gone. */
  readonly lost: AbortSignal;
  stop(): Promise<void>;
}

async function startEphemeral(options: ServerOptions): Promise<Started> {
  const { startServer } = await import('../app/server/serve.ts');
  const token = options.token ?? newToken();
  const server = await startServer({ ...options, token });
  const lines = aboutToken(options.token === undefined, token);
  const shown = options.token === undefined ? token : '$TIDEWATCH_TOKEN';
  const invitation = `try  curl -H "Authorization: Bearer ${shown}" ${server.url}/api/connections`;
  const lost = new AbortController().signal;
  return { server, lines, invitation, lost, stop: () => server.stop() };
}

async function startKept(
  { dataDir: chosen }: ServeOptions,
  options: Omit<ServerOptions, 'runtime'>,
  { env, settingsOfTrial }: CommandContext,
  make: MakeRuntime,
): Promise<Started> {
  const { startKeptServer } = await import('../app/server/kept-server.ts');
  const dataDir = dataDirOf(chosen, env);
  const { logger } = options;
  const runtime = make({ logger, dataDir });
  const kept = await startKeptServer({
    ...{ ...options, runtime, dataDir, env },
    ...(settingsOfTrial !== undefined &&
      isForThisMachineAlone(options) && { startSettings: settingsOfTrial }),
  });
  const { database, firstAdmin, server } = kept;
  const where = database.kind === 'embedded' ? 'database in it' : 'database at DATABASE_URL';
  return {
    server,
    lines: [
      `data in ${dataDir}, ${where}`,
      ...signInLines(firstAdmin, dataDir),
      ...(options.token === undefined ? [] : ['token: the one of TIDEWATCH_TOKEN']),
    ],
    invitation: `try  ${signInCommand(firstAdmin, server.url)}`,
    lost: kept.lost,
    stop: () => kept.stop(),
  };
}

/** A token that was made for this run nobody else tells. */
function aboutToken(isMade: boolean, token: string): string[] {
  if (!isMade) return ['token: the one of TIDEWATCH_TOKEN'];
  return [`token ${token}`, '  made for this run; set TIDEWATCH_TOKEN to choose one'];
}

async function announceConnections(
  output: Output,
  { connections }: RunningServer,
  named: readonly NamedLocation[],
): Promise<void> {
  for (const connection of connections) {
    await output.line(`connection ${connectionLine(connection, named)}`);
  }
}

function connectionLine({ id, name }: ConnectionInfo, named: readonly NamedLocation[]): string {
  const location = named.find((one) => one.name === name)?.location.display ?? '';
  return `${printable(name)}  ${id}  ${printable(location)}`;
}
