/** Fields of a log line. Ids and numbers; never bodies or secrets. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where log lines go. `console` fits. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

const nothing = (): void => {}
/** Drops everything. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

const SECRET_NAME =
  /^(authorization|proxy-authorization|cookie|set-cookie|x-amz-security-token|x-api-key|api[-_]?key|.*(token|secret|password|credential|signature))$/i

/** True where a header, query parameter or field of this name usually carries a credential. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** A URL that may be logged: user info, fragments and the values of credential-like query parameters are replaced by `***`. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, '$1***@')
    .replace(/([?&])([^=&#]+)=([^&#]*)/g, (whole, mark: string, name: string) =>
      isSecretName(decodeName(name)) ? `${mark}${name}=***` : whole,
    )
    .replace(/#.+$/, '#***')
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Headers that may be logged: credential-like values are replaced by `***`. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? '***' : value]))
}
