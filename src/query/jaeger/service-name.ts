/** What a span without service.name is shown under, as SDKs name a service that nobody named. */
export const UNKNOWN_SERVICE = 'unknown_service'

export const shownService = (stored: string): string => (stored === '' ? UNKNOWN_SERVICE : stored)

/** The names that are shown as this one. */
export const storedServices = (shown: string): string[] => (shown === UNKNOWN_SERVICE ? [shown, ''] : [shown])
