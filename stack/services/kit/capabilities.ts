/** What an entry point needs that begins as root, and then becomes the server's user, who has no capability. */

/**
 * CHOWN: gives the volume to the server's user. DAC_OVERRIDE: reads the secrets, and looks into folders of that user, or
 * of another image's user. SETGID and SETUID: becomes that user.
 */
export const BECOMES_USER: readonly string[] = ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID"];

/** The same, and FOWNER: sets the mode of files that it has given away. */
export const PREPARES_FILES: readonly string[] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];
