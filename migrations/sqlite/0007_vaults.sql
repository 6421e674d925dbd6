CREATE TABLE `vault_envelopes` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`credential_id` text,
	`salt_id` text,
	`fingerprint` text,
	`wrapped_key` blob NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `vaults`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`credential_id`) REFERENCES `credentials`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `vault_envelopes_credential` ON `vault_envelopes` (`credential_id`);--> statement-breakpoint
CREATE TABLE `vault_salts` (
	`id` integer PRIMARY KEY NOT NULL,
	`current` blob NOT NULL,
	`next` blob,
	`rotating_since` integer
);
--> statement-breakpoint
CREATE TABLE `vaults` (
	`user_id` text PRIMARY KEY NOT NULL,
	`exists` integer NOT NULL,
	`revision` integer NOT NULL,
	`data` blob,
	`rotation_due` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
