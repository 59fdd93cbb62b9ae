import type { ErrorCode } from '../errors/codes.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** An error of the SMB client. `status` is the NTSTATUS of the server where one was the reason. */
export class SmbError extends TidewatchError {
  readonly status: number | undefined;
  readonly path: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { status?: number | undefined; path?: string | undefined; cause?: unknown } = {},
  ) {
    super(code, message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'SmbError';
    this.status = options.status;
    this.path = options.path;
  }
}
