CREATE TABLE `apple_addresses` (
	`team` text NOT NULL,
	`sub` text NOT NULL,
	`email` text NOT NULL,
	`is_verified` integer NOT NULL,
	`is_private` integer NOT NULL,
	`first_seen_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`disabled_at` integer,
	`told_at` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`team`, `sub`, `email`),
	FOREIGN KEY (`team`,`sub`) REFERENCES `apple_links`(`team`,`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `apple_links` (
	`team` text NOT NULL,
	`sub` text NOT NULL,
	`user_id` text NOT NULL,
	`state` text NOT NULL,
	`state_changed_at` integer NOT NULL,
	`given_name` text,
	`family_name` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`told_at` integer NOT NULL,
	`check_due_at` integer,
	`transfer_sub` text,
	`transferred_at` integer,
	PRIMARY KEY(`team`, `sub`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `apple_links_user` ON `apple_links` (`user_id`,`team`);--> statement-breakpoint
CREATE UNIQUE INDEX `apple_links_transfer` ON `apple_links` (`transfer_sub`);--> statement-breakpoint
CREATE INDEX `apple_links_check` ON `apple_links` (`check_due_at`);--> statement-breakpoint
CREATE TABLE `apple_notifications` (
	`jti` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `apple_notifications_expiry` ON `apple_notifications` (`expires_at`);--> statement-breakpoint
CREATE TABLE `apple_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`team` text NOT NULL,
	`sub` text NOT NULL,
	`client_id` text NOT NULL,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`team`,`sub`) REFERENCES `apple_links`(`team`,`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `apple_tokens_link` ON `apple_tokens` (`team`,`sub`,`created_at`);