/** The members of a problem document (RFC 9457 §3) that the server always sends. */
interface ProblemDocument {
  code?: string;
  title?: string;
  [member: string]: unknown;
}

/** The server said no. `code` is stable; `unreachable` stands for no answer at all. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, document: ProblemDocument) {
    super(document.title);
    this.status = status;
    this.code = document.code ?? 'unknown';
    this.members = document;
  }
}
