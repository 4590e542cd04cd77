import * as cli from '../../../apps/cli/schemas/index.ts'
import * as acpHost from '../../acp-host/schemas/index.ts'
import * as log from '../../log/schemas/index.ts'
import * as server from '../../server/schemas/index.ts'
import * as shellHost from '../../shell-host/schemas/index.ts'
import * as nats from '../../store-nats/schemas/index.ts'
import * as hub from '../src/hub/schemas/index.ts'
import type { Origin } from './wire.ts'

/** The schemas of what one package stores, and those of others that they are made of. */
export interface Stored {
  readonly name: string
  readonly title: string
  /** Of the package, below `packages`. */
  readonly folder: string
  readonly module: object
  readonly from: readonly { readonly schemas: object; readonly origin: Origin }[]
}

const HUB = {
  schemas: hub,
  origin: { types: '@holdfast/protocol/hub/messages', checks: '@holdfast/protocol/internals' },
}
const LOG = { schemas: log, origin: { types: '@holdfast/log', checks: '@holdfast/log/internals' } }

/** Every package that stores something. */
export const STORED: readonly Stored[] = [
  { name: 'log', title: 'Session logs', folder: 'log', module: log, from: [] },
  { name: 'server', title: 'Hub, tracker and grants', folder: 'server', module: server, from: [HUB] },
  { name: 'nats', title: 'The NATS store', folder: 'store-nats', module: nats, from: [LOG] },
  { name: 'cli', title: 'The command', folder: '../apps/cli', module: cli, from: [] },
  { name: 'acp-host', title: 'Agents', folder: 'acp-host', module: acpHost, from: [] },
  { name: 'shell-host', title: 'Shell hosts', folder: 'shell-host', module: shellHost, from: [] },
]
