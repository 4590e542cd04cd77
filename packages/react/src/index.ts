'use client'

export type { Connectable } from './client-lease.ts'
export type { Given } from './use-client.ts'
export { type UsedConnection, useConnection } from './use-connection.ts'
export { useDoctor } from './use-doctor.ts'
export { type HubSessionClient, type UsedHubSession, useHubSession } from './use-hub-session.ts'
export { type ShellClient, type UsedShell, useShell } from './use-shell.ts'
