import { STATUS_CODES } from "node:http";

/** An invalid field of a request. */
export interface FieldFault {
  /** Where it is, e.g. `body.title`. */
  readonly path: string;
  readonly message: string;
}

/** Body of every error response (RFC 9457), sent as `application/problem+json`. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  /** What went wrong and how to fix it, in a sentence. */
  readonly detail: string;
  /** Finds the request in the logs. */
  readonly requestId: string;
  readonly errors?: readonly FieldFault[];
  /** The resource as it is now, when the request was based on an older version. */
  readonly current?: object;
}

/** Thrown by handlers to end the request with a problem. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly errors: readonly FieldFault[] | undefined;
  /** Value of the Retry-After header, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  readonly current: object | undefined;
  /** Attributes of the WWW-Authenticate header (RFC 6750). */
  readonly challenge: string | undefined;

  constructor(
    status: number,
    detail: string,
    more: {
      readonly errors?: readonly FieldFault[];
      readonly retryAfterSeconds?: number;
      readonly current?: object;
      readonly challenge?: string;
    } = {},
  ) {
    super(detail);
    this.name = "HttpProblem";
    this.status = status;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.current = more.current;
    this.challenge = more.challenge;
  }

  toBody(requestId: string): Problem {
    return {
      type: "about:blank",
      title: STATUS_CODES[this.status] ?? "Error",
      status: this.status,
      detail: this.message,
      requestId,
      ...(this.errors && { errors: this.errors }),
      ...(this.current && { current: this.current }),
    };
  }
}
