/**
 * What a single account may fill the database with, however often its owner or a thief does something: both
 * dialects keep to it when they purge, so that no operation has to count.
 */

/** Of each kind of audit entry, a day (UTC) keeps so many of its first and so many of its last. */
export const keptOfDay = 100;

/** In milliseconds. */
export const day = 24 * 60 * 60 * 1000;

/** So many of the latest entries are looked at together. */
export const lookedAt = 5_000;

/** An account that made fewer entries than this since the last purge is not looked at. */
export const busyFrom = 5;

/** Those that made most of them are looked at, no more of them than this at a time. */
export const busiest = 20;

/** More sessions than a person has devices; the oldest end. */
export const keptSessions = 1_000;
