CREATE TABLE "vault_envelopes" (
	"user_id" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"credential_id" text,
	"salt_id" text,
	"fingerprint" text,
	"wrapped_key" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	"last_used_at" bigint,
	CONSTRAINT "vault_envelopes_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "vault_salts" (
	"id" integer PRIMARY KEY NOT NULL,
	"current" "bytea" NOT NULL,
	"next" "bytea",
	"rotating_since" bigint
);
--> statement-breakpoint
CREATE TABLE "vaults" (
	"user_id" text PRIMARY KEY NOT NULL,
	"exists" boolean NOT NULL,
	"revision" integer NOT NULL,
	"data" "bytea",
	"rotation_due" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "vault_envelopes" ADD CONSTRAINT "vault_envelopes_user_id_vaults_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."vaults"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vault_envelopes" ADD CONSTRAINT "vault_envelopes_credential_id_credentials_id_fk" FOREIGN KEY ("credential_id") REFERENCES "public"."credentials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vaults" ADD CONSTRAINT "vaults_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "vault_envelopes_credential" ON "vault_envelopes" USING btree ("credential_id");