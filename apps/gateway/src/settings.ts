import type { FLAGS } from './generated/settings.ts'

export type { Setting } from './config/setting.ts'
export { FLAGS, SETTINGS } from './generated/settings.ts'

/** Flags as a parser of command lines gives them. */
export type GatewayFlags = { readonly [Name in keyof typeof FLAGS]?: ValueOf<(typeof FLAGS)[Name]> | undefined }

type ValueOf<Flag> = Flag extends { readonly multiple: true }
  ? readonly string[]
  : Flag extends { readonly type: 'boolean' }
    ? boolean
    : string
