import type { Decoded } from '@holdfast/contract'
import { parseWith } from '@holdfast/contract/shape'
import {
  gatewayIdentity,
  gatewayOverview,
  hubCreateSessionBody,
  hubEventHistory,
  hubHttpError,
  hubLifecycleAnswer,
  hubParticipantList,
  hubReplay,
  hubSessionCreated,
  hubSessionList,
  hubSessionSummary,
  hubUpdateSessionBody,
} from './generated/checks.ts'
import type {
  GatewayIdentity,
  GatewayOverview,
  HubCreateSessionBody,
  HubEventHistory,
  HubHttpError,
  HubLifecycleAnswer,
  HubParticipantList,
  HubReplay,
  HubSessionCreated,
  HubSessionList,
  HubSessionSummary,
  HubUpdateSessionBody,
} from './generated/types.ts'

export type {
  GatewayIdentity,
  GatewayOverview,
  HubConnectionSummary,
  HubCreateSessionBody,
  HubEventHistory,
  HubHistoryEvent,
  HubHttpError,
  HubLifecycleAnswer,
  HubLoopState,
  HubParticipantList,
  HubRefusalSummary,
  HubReplay,
  HubSessionCreated,
  HubSessionList,
  HubSessionSummary,
  HubUpdateSessionBody,
} from './generated/types.ts'
export * from './rest-routes.ts'

/** One parser for each REST body of hub §7, named after its type. None throws; an issue is one line without values. */
export const parseHubRest: {
  readonly createSession: (body: unknown) => Decoded<HubCreateSessionBody>
  readonly updateSession: (body: unknown) => Decoded<HubUpdateSessionBody>
  readonly sessionCreated: (body: unknown) => Decoded<HubSessionCreated>
  readonly session: (body: unknown) => Decoded<HubSessionSummary>
  readonly sessionList: (body: unknown) => Decoded<HubSessionList>
  readonly lifecycle: (body: unknown) => Decoded<HubLifecycleAnswer>
  readonly participantList: (body: unknown) => Decoded<HubParticipantList>
  readonly replay: (body: unknown) => Decoded<HubReplay>
  readonly eventHistory: (body: unknown) => Decoded<HubEventHistory>
  readonly httpError: (body: unknown) => Decoded<HubHttpError>
  readonly overview: (body: unknown) => Decoded<GatewayOverview>
  readonly identity: (body: unknown) => Decoded<GatewayIdentity>
} = {
  createSession: (body) => parseWith('body', hubCreateSessionBody, body),
  updateSession: (body) => parseWith('body', hubUpdateSessionBody, body),
  sessionCreated: (body) => parseWith('body', hubSessionCreated, body),
  session: (body) => parseWith('body', hubSessionSummary, body),
  sessionList: (body) => parseWith('body', hubSessionList, body),
  lifecycle: (body) => parseWith('body', hubLifecycleAnswer, body),
  participantList: (body) => parseWith('body', hubParticipantList, body),
  replay: (body) => parseWith('body', hubReplay, body),
  eventHistory: (body) => parseWith('body', hubEventHistory, body),
  httpError: (body) => parseWith('body', hubHttpError, body),
  overview: (body) => parseWith('body', gatewayOverview, body),
  identity: (body) => parseWith('body', gatewayIdentity, body),
}
