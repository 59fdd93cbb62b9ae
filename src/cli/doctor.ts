import type { Command } from 'commander';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { CommandContext } from './context.ts';
import { hostChecks } from './doctor-host.ts';
import { checkBucketLocation } from './doctor-bucket.ts';
import { checkLocation } from './doctor-location.ts';
import { DoctorReport } from './doctor-report.ts';
import { ReportedFailure } from './failure.ts';
import { locationArgument } from './location-argument.ts';
import { Logon, addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';

interface DoctorOptions extends LogonOptions {
  readonly json?: boolean;
}

export function addDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .summary('check this machine, and a location stage by stage')
    .description(
      'Checks what is needed on this machine and, when a location is given, each stage of ' +
        'connecting to it. Each line is ok, warn or fail, with how to mend it.',
    )
    .argument('[location]', 'smb://user@host/share[/path] or s3://bucket[/prefix][?endpoint=…]')
    .option('--json', 'print one JSON object a line');
  addLogonOptions(command).action((text: string | undefined, options: DoctorOptions) =>
    doctor(text, options, context),
  );
}

async function doctor(
  text: string | undefined,
  options: DoctorOptions,
  context: CommandContext,
): Promise<void> {
  const location = text === undefined ? undefined : locationArgument(text);
  if (location?.type === 'local') {
    const message = `${location.display} is local: there is no connection to check`;
    throw new TidewatchError('unsupported', message);
  }
  const logon = new Logon(options, context);
  if (location?.type === 'smb') await logon.prepare([location]);
  const report = new DoctorReport(context.output, options.json === true);
  for (const result of hostChecks()) await report.add(result);
  if (location?.type === 'smb') await checkLocation(location, logon, report, context.signal);
  if (location?.type === 's3') {
    await checkBucketLocation(location, context.env, report, context.signal);
  }
  if (report.failed) throw new ReportedFailure();
}
