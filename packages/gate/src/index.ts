/// <reference types="node" preserve="true" />

export {
  allowEveryone,
  hasScope,
  parseToken,
  SCOPES,
  type Scope,
  type TokenGrant,
  tokenAuthenticate,
  tokenRights,
} from './access/auth.ts'
export { requestCredentials, requestUrl } from './access/credentials.ts'
export { GUESS_LIMITS, type GuessLimits, type GuessOptions, slowGuesses } from './access/guesses.ts'
export { isAllowedOrigin } from './access/origin.ts'
export { type TrustedProxies, trustedProxies } from './access/trusted-proxies.ts'
export { attachEndpoints, type Endpoints } from './attach.ts'
export type {
  Authenticate,
  Credentials,
  GrantedAccess,
  Principal,
  RequestEndpoint,
  UpgradeEndpoint,
} from './endpoint.ts'
export { SERVER_ERRORS, type ServerErrorCode, type ServerErrorRow } from './errors.ts'
export {
  OVER_HTTP_LIMITS,
  type OverHttp,
  type OverHttpLimits,
  type OverHttpOptions,
  overHttp,
} from './over-http/over-http.ts'
export { drainAll, RESTART_CLOSE, spreadReason } from './upgrade/drain.ts'
export { refuseUpgrade, type UpgradeRefusal } from './upgrade/upgrade-refusal.ts'
