/** The demonstration's own little protocol: numbered lines both ways, acknowledged, resumed after a drop. */
export type ToServer =
  | { readonly type: 'hello'; readonly session: string; readonly received: number }
  | { readonly type: 'line'; readonly seq: number; readonly text: string }
  | { readonly type: 'ack'; readonly through: number }

export type ToClient =
  | { readonly type: 'welcome'; readonly epoch: string; readonly resumed: boolean; readonly received: number }
  | { readonly type: 'line'; readonly seq: number; readonly text: string }
  | { readonly type: 'ack'; readonly through: number }
