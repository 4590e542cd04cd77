import { fits, isObject, type Shape } from '@holdfast/contract/shape'
import { acpResumeOffer, acpResumeRequest } from './generated/checks.ts'
import type { AcpResumeOffer, AcpResumeRequest } from './generated/types.ts'

/** The member of `_meta` that the resume extension uses. */
export const ACP_META_KEY = 'holdfast'

/** A client's request for the resume extension, from the `params` of `initialize`. */
export function acpResumeRequestOf(params: unknown): AcpResumeRequest | undefined {
  return metaOf(acpResumeRequest, params)
}

/** What a server offers in the `result` of `initialize`. */
export function acpResumeOfferOf(result: unknown): AcpResumeOffer | undefined {
  return metaOf(acpResumeOffer, result)
}

/** `holder` (params or result) with `value` in its `_meta`. */
export function withAcpMeta(holder: unknown, value: AcpResumeRequest | AcpResumeOffer): Record<string, unknown> {
  const rest = isObject(holder) ? holder : {}
  const meta = isObject(rest['_meta']) ? rest['_meta'] : {}
  return { ...rest, _meta: { ...meta, [ACP_META_KEY]: value } }
}

/** `holder` without the members of the resume extension. */
export function withoutAcpMeta(holder: unknown): unknown {
  if (!isObject(holder) || !isObject(holder['_meta']) || holder['_meta'][ACP_META_KEY] === undefined) return holder
  const { _meta, ...rest } = holder
  const { [ACP_META_KEY]: _ours, ...others } = isObject(_meta) ? _meta : {}
  return Object.keys(others).length === 0 ? rest : { ...rest, _meta: others }
}

function metaOf<T>(shape: Shape<T>, holder: unknown): T | undefined {
  const meta = isObject(holder) && isObject(holder['_meta']) ? holder['_meta'][ACP_META_KEY] : undefined
  return fits(shape, meta) ? meta : undefined
}
