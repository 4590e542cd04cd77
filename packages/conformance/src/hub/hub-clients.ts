import type { ClientCheck } from '../checking/client-check.ts'
import { ASKING_ROWS } from './client/asking-rows.ts'
import { SENDING_ROWS } from './client/sending-rows.ts'
import { ClientScene } from './client-scene.ts'

/** What a client of the hub's wire has to do. */
export const HUB_CLIENTS: ClientCheck<ClientScene> = {
  rows: [...ASKING_ROWS, ...SENDING_ROWS],
  open: (target) => ClientScene.open(target),
}
