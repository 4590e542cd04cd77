import { isObject } from '@holdfast/contract/shape'

/** One possible answer to a permission request. ACP §1, `session/request_permission`. */
export interface PermissionOption {
  readonly optionId: string
  readonly name: string
  /** `allow_once`, `allow_always`, `reject_once`, `reject_always`, or one that is not known yet. */
  readonly kind: string
}

/** The options of a permission request, in their order. Invalid ones are left out. */
export function permissionOptionsOf(options: unknown): readonly PermissionOption[] {
  return (Array.isArray(options) ? options : []).flatMap((option: unknown) => {
    const { optionId, name, kind } = isObject(option) ? option : {}
    if (typeof optionId !== 'string') return []
    return [{ optionId, name: typeof name === 'string' ? name : optionId, kind: typeof kind === 'string' ? kind : '' }]
  })
}
