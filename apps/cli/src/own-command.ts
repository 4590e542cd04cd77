import { commandName } from '@holdfast/app-gateway/command-name'

/** A command of ours as it can be typed on this machine: `holdfast ls`, or `npx holdfast ls`. `words` follow the name. */
export function ownCommand(words: string): string {
  return `${commandName()} ${words}`
}
