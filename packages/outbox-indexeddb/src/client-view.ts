import { isConnected } from '@holdfast/core/client'
import type { StoredMessage } from './box-store.ts'
import type { OutboxClient, OutboxDeliveryOfClient } from './options.ts'

/** It can be given messages. */
export function takesMessages<Message>(client: OutboxClient<Message> | undefined): boolean {
  return client !== undefined && isConnected(client.status)
}

/**
 * What a client was given that has ended: sent again where that was asked for, or where the server continued the session of that
 * client and knows its messages by their ids. What is for once is never written twice.
 */
export function isSentAgain<Message>(
  { delivery }: StoredMessage<Message>,
  { status, guarantees }: OutboxClient<Message>,
): boolean {
  if (delivery === 'retry') return true
  const isRecognised =
    status.state === 'open' && status.resumed && guarantees.resume && guarantees.confirmation === 'ack'
  return delivery === 'ordered' && isRecognised
}

/** What follows from the end of a delivery: it is over, waits for another client, or for what that one's server knows of it. */
export function fateOf<Message>(
  { state, error }: OutboxDeliveryOfClient,
  { status }: OutboxClient<Message>,
): 'acked' | 'written' | 'waits' | 'left' | 'inDoubt' | 'rejected' {
  if (state === 'acked' || state === 'written') return state
  const code = error !== undefined && 'code' in error ? error.code : undefined
  // It was never written: the client has ended, or was full.
  if (code === 'delivery/not_sent' || code === 'delivery/overflow') return 'waits'
  if (state !== 'inDoubt') return 'rejected'
  return status.state === 'closed' ? 'left' : 'inDoubt'
}
