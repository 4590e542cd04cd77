import type { ClientCheck } from '../checking/client-check.ts'
import { ACP_ASKING_ROWS } from './client/asking-rows.ts'
import { ACP_SENDING_ROWS } from './client/sending-rows.ts'
import { AcpClientScene } from './client-scene.ts'

/** What a client of ACP with the resume extension has to do. */
export const ACP_CLIENTS: ClientCheck<AcpClientScene> = {
  rows: [...ACP_ASKING_ROWS, ...ACP_SENDING_ROWS],
  open: (target) => AcpClientScene.open(target),
}
