const SHELL_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/

/** True for a well-formed shell id (shell §2): 1 to 128 letters, digits, `_` and `-`, the first a letter or digit. */
export function isShellId(value: unknown): value is string {
  return typeof value === 'string' && SHELL_ID.test(value)
}

const LEASE = /^[A-Za-z0-9_-]{1,64}$/

/** True for a well-formed lease: the opaque id of one writing client (shell §5). It identifies, it authorises nothing. */
export function isLease(value: unknown): value is string {
  return typeof value === 'string' && LEASE.test(value)
}
