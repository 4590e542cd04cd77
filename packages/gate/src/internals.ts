/** For the packages of this repository: parts of an endpoint, and everything that `index.ts` promises. */

export { allAllow } from './access/auth.ts'
export { Entrance, type EntranceParts } from './access/entrance.ts'
export { RateLimiter } from './access/rate-limiter.ts'
export { serverStatusOf } from './errors.ts'
export { allowOrigin, keepPrivate, preflight, sendJson } from './http/json-response.ts'
export * from './index.ts'
export { type ExpiryEvents, ExpiryWatch } from './upgrade/expiry-watch.ts'
export { PeerWatch } from './upgrade/peer-watch.ts'
export { PendingUpgrades } from './upgrade/pending-upgrades.ts'
export { PrincipalCounts } from './upgrade/principal-counts.ts'
export { afterRunning } from './upgrade/running-timer.ts'
export { DOOR_LIMITS, type DoorLimits, type Guest, SocketDoor } from './upgrade/socket-door.ts'
