import { encodeFrame, MAX_FRAME_BYTES } from '@holdfast/shell-framing'
import type { Dialect } from './dialect.ts'

/** Amazon Bedrock AgentCore's shell, and ours: a confirmation first, shells that outlive their connection. */
export const agentcore: Dialect = {
  name: 'agentcore',
  opening: (confirmation) => encodeFrame('status', confirmation()),
  echoesHeartbeats: true,
  closeKills: true,
  halfCloses: true,
  resumes: true,
  detaches: true,
  clientCloses: true,
  maxMessageBytes: MAX_FRAME_BYTES,
}
