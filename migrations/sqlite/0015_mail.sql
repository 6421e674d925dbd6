CREATE TABLE `address_codes` (
	`user_id` text PRIMARY KEY NOT NULL,
	`address` text NOT NULL,
	`address_key` text NOT NULL,
	`code_hash` text NOT NULL,
	`tries_left` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `address_codes_expiry` ON `address_codes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `recovery_addresses` (
	`user_id` text PRIMARY KEY NOT NULL,
	`address` text NOT NULL,
	`address_key` text NOT NULL,
	`verified_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recovery_addresses_key` ON `recovery_addresses` (`address_key`);--> statement-breakpoint
CREATE TABLE `recovery_browsers` (
	`user_id` text NOT NULL,
	`browser_hash` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `browser_hash`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recovery_browsers_expiry` ON `recovery_browsers` (`expires_at`);--> statement-breakpoint
CREATE TABLE `recovery_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`browser_hash` text,
	`started_at` integer,
	`opens_at` integer,
	`veto_hash` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recovery_links_user` ON `recovery_links` (`user_id`);--> statement-breakpoint
CREATE INDEX `recovery_links_veto` ON `recovery_links` (`veto_hash`);--> statement-breakpoint
CREATE INDEX `recovery_links_expiry` ON `recovery_links` (`expires_at`);--> statement-breakpoint
ALTER TABLE `outbox` ADD `recipient` text;