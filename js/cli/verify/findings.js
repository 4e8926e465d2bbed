// What a step may find.
'use strict';

exports.ok = (detail) => ({ status: 'ok', detail });
exports.warning = (detail, advice) => ({ status: 'warning', detail, ...(advice && { advice }) });
exports.skipped = (detail, advice) => ({ status: 'skipped', detail, ...(advice && { advice }) });
exports.failed = (detail, advice) => ({ status: 'failed', detail, ...(advice && { advice }) });
