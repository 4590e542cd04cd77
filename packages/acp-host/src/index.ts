/// <reference types="node" preserve="true" />

export type { AcpConnection, AcpPeer, AcpService, EarlierConnection, LogOrigin } from './peer.ts'
