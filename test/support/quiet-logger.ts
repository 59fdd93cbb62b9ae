/** A logger that keeps what it is told. */
export class QuietLogger {
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[] =
    [];

  readonly debug = (fields: object, message: string): void => this.#keep('debug', fields, message);
  readonly info = (fields: object, message: string): void => this.#keep('info', fields, message);
  readonly warn = (fields: object, message: string): void => this.#keep('warn', fields, message);
  readonly error = (fields: object, message: string): void => this.#keep('error', fields, message);

  #keep(level: string, fields: object, message: string): void {
    this.lines.push({ level, fields, message });
  }

  /** What was said as a warning or worse. */
  get complaints(): readonly string[] {
    return this.lines
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ message }) => message);
  }
}
