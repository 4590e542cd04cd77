/** What comes by graphql-transport-ws. */
export type In<Data> =
  | { readonly type: 'connection_ack' | 'ping' | 'pong'; readonly id?: undefined }
  | { readonly type: 'next'; readonly id: string; readonly payload: Result<Data> }
  | { readonly type: 'error'; readonly id: string; readonly payload: Result<Data>['errors'] }
  | { readonly type: 'complete'; readonly id: string }
export type Out = { readonly type: string; readonly id?: string; readonly payload?: unknown }

export interface Result<Data> {
  readonly data?: Data
  readonly errors?: readonly { readonly message: string }[]
}

/** A subscription, a query or a mutation; with `further` variables it continues from somewhere. */
export function asked(id: string, { query, variables }: { query: string; variables?: object }, further?: object): Out {
  return { type: 'subscribe', id, payload: { query, variables: { ...variables, ...further } } }
}

export function refused(errors: Result<unknown>['errors']): Error {
  return new Error(errors?.map(({ message }) => message).join('; '))
}
