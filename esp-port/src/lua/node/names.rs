//! Names of the library's functions, as strings in ROM.

lua_vm::names! {
    /// Names of the functions and fields of the library `node`. States with that library are made with this table.
    pub static NAMES = &[
        "node", "bootreason", "chipid", "compile", "flashid", "flashindex", "flashreload", "flashsize", "getcpufreq",
        "getpartitiontable", "heap", "info", "input", "output", "restart", "setonerror", "setpartitiontable",
        "startup", "startupcommand", "stripdebug", "uptime",
        "egc", "setmode", "meminfo", "NOT_ACTIVE", "ON_ALLOC_FAILURE", "ON_MEM_LIMIT", "ALWAYS",
        "task", "post", "LOW_PRIORITY", "MEDIUM_PRIORITY", "HIGH_PRIORITY",
        "LFS", "get", "list", "reload", "confirm", "rollback", "resource", "trial", "build",
        "config", "time", "_config", "_time", "_list",
        "lfs_addr", "lfs_size", "spiffs_addr", "spiffs_size", "lfs_base", "lfs_mapped", "lfs_used",
        "banner", "frequency", "delay_mount", "command", "system", "application",
        "chip_id", "flash_id", "flash_size", "flash_mode", "flash_speed", "number_type", "modules",
        "node_version_major", "node_version_minor", "node_version_revision", "_init",
    ];
}
