// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Shape,
  anything,
  array,
  maybeText,
  object,
  optional,
  text,
} from '@holdfast/contract/shape'
import type {
  Context,
  StoredContexts,
} from './types.ts'

export const context: Shape<Context> = /* @__PURE__ */ object<Context>({
  name: text,
  url: text,
  token: maybeText,
})

export const storedContexts: Shape<StoredContexts> = /* @__PURE__ */ object<StoredContexts>({
  current: maybeText,
  contexts: /* @__PURE__ */ optional(/* @__PURE__ */ array(anything)),
})
