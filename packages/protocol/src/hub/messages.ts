/** Every message and record of the hub as a type. `hub` has those that most programs name. */
export type * from './generated/types.ts'
