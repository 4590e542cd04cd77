/**
 * Loaded into a server that is measured (`node --import`): it ends when it wants to, and with the process that started it
 * and may have been killed, since nobody else would end it.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.channel?.unref()
