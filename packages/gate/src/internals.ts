/** For the packages of this repository: parts of an endpoint, and everything that `index.ts` promises. */

export { allAllow } from './access/auth.ts'
export { Entrance, type EntranceParts } from './access/entrance.ts'
export { RateLimiter } from './access/rate-limiter.ts'
export { serverStatusOf } from './errors.ts'
export { bodyOf, readBytes } from './http/body.ts'
export { type ErrorTable, errorTable, type Refusal, refusalIn } from './http/error-table.ts'
export {
  allowEveryOrigin,
  allowOrigin,
  type CrossOriginHeaders,
  keepPrivate,
  preflight,
  sendJson,
} from './http/json-response.ts'
export {
  NOBODY,
  type RestAnswer,
  type RestCall,
  type RestRoute,
  type RestRun,
  Router,
  type RouterOptions,
  withBody,
} from './http/router.ts'
export { IdleWatch, type IdleWatchParts } from './idle-watch.ts'
export * from './index.ts'
export { GATE_LIMITS, type GateLimits, limitsFrom } from './limits.ts'
export { CompactRequest } from './upgrade/compact-request.ts'
export { ConnectionGate } from './upgrade/connection-gate.ts'
export { type ExpiryEvents, ExpiryWatch } from './upgrade/expiry-watch.ts'
export { PeerWatch } from './upgrade/peer-watch.ts'
export { type LiveConnection, PendingConnection } from './upgrade/pending-connection.ts'
export { PrincipalCounts } from './upgrade/principal-counts.ts'
export type { FrameHandler } from './upgrade/queued-connection.ts'
export { QueuedGate } from './upgrade/queued-gate.ts'
export { afterRunning } from './upgrade/running-timer.ts'
export { UpgradeGate } from './upgrade/upgrade-gate.ts'
export { WebSocketAcceptor } from './upgrade/web-socket-acceptor.ts'
