/** Where a copy of the store is asked for, by `POST` and with the scope `admin`. */
export const BACKUP_PATH = '/api/store/backup'
