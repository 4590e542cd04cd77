import { encodeFrame } from '@holdfast/shell-framing'
import type { Dialect } from './dialect.ts'

/**
 * Kubernetes `v5.channel.k8s.io`: an empty STDOUT says that the program runs. Published clients send what a stream gives
 * them, 64 KiB and the channel byte, so a little more than the protocol's own limit is taken.
 */
export const k8sV5: Dialect = {
  name: 'k8s-v5',
  opening: () => encodeFrame('stdout'),
  echoesHeartbeats: false,
  closeKills: false,
  halfCloses: true,
  resumes: false,
  detaches: false,
  clientCloses: false,
  maxMessageBytes: 1_048_576,
}
