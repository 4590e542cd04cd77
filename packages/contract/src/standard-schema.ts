/** A schema of any library that implements Standard Schema: zod, valibot, arktype and others. */
export interface StandardSchema<Out = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly validate: (value: unknown) => StandardResult<Out> | Promise<StandardResult<Out>>
  }
}

/** The result of a validation: the value, or the issues. */
export type StandardResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One issue with a value. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The path of the first issue, in one line. The library's own message is left out: it may contain the value. */
export function schemaIssue(issues: readonly StandardIssue[]): string {
  const path = issues[0]?.path?.map((part) => `.${String(typeof part === 'object' ? part.key : part)}`) ?? []
  return `message${path.join('')}: does not fit its schema`
}
