/** A schema of any library that speaks Standard Schema: zod, valibot, arktype and others. */
export interface StandardSchema<Out = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly validate: (value: unknown) => StandardResult<Out> | Promise<StandardResult<Out>>
  }
}

/** What a schema says of a value: what it reads, or what is wrong. */
export type StandardResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Where the first thing is wrong, in one line. The library's own message is left out: it may have the value in it. */
export function schemaIssue(issues: readonly StandardIssue[]): string {
  const path = issues[0]?.path?.map((part) => `.${String(typeof part === 'object' ? part.key : part)}`) ?? []
  return `message${path.join('')}: does not fit its schema`
}
