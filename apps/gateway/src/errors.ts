import { HoldfastError } from '@holdfast/core'

/** What a code means, and what the operator can do. */
export interface GatewayErrorRow {
  readonly sentence: string
  readonly action: string
  /** The process exits with it (gateway.md, Start). */
  readonly exitCode: number
}

export type GatewayErrorCode =
  | 'gateway/bad_config'
  | 'gateway/port_taken'
  | 'gateway/listen_failed'
  | 'gateway/data_taken'
  | 'gateway/store_failed'
  | 'gateway/store_unavailable'

/** Every code of this package. */
export const GATEWAY_ERRORS: Readonly<Record<GatewayErrorCode, GatewayErrorRow>> = {
  'gateway/bad_config': {
    sentence: 'A setting is not usable.',
    action: 'Correct the flag or environment variable that details.setting names.',
    exitCode: 2,
  },
  'gateway/port_taken': {
    sentence: 'Another process listens on this port.',
    action: 'Choose another --port, or 0 for any free one.',
    exitCode: 3,
  },
  'gateway/listen_failed': {
    sentence: 'The gateway could not listen at the address.',
    action: 'Check --host and --port; ports below 1024 need permission.',
    exitCode: 2,
  },
  'gateway/data_taken': {
    sentence: 'Another process uses the data folder.',
    action: 'Choose another --data, or end the gateway that has it.',
    exitCode: 3,
  },
  'gateway/store_failed': {
    sentence: 'The store could not be opened.',
    action:
      'Check --data: the folder must be writable, and sessions.db in it a store of this version. With nats://, check --store.',
    exitCode: 2,
  },
  'gateway/store_unavailable': {
    sentence: 'The store on another server does not answer, or has no space.',
    action: 'Start the store or free space, then start the gateway again.',
    exitCode: 1,
  },
}

/** An error that ends a gateway before it serves anybody. Its message is one sentence for the operator. */
export class GatewayError extends HoldfastError {
  override readonly name = 'GatewayError'
  declare readonly code: GatewayErrorCode

  constructor(
    code: GatewayErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly setting?: string | undefined } = {},
  ) {
    const { cause, setting } = options
    super(code, message, { cause, details: setting === undefined ? {} : { setting } })
  }
}
