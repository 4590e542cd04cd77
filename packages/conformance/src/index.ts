export { CHECK_DEFAULTS, checkServer, type ServerCheckOptions, serverRows } from './check-server.ts'
export { type RowResult, WIRES, type Wire } from './checking/rows.ts'
export type { RowText } from './checking/server-check.ts'
export { CONFORMANCE_ERRORS, type ConformanceErrorCode } from './errors.ts'
