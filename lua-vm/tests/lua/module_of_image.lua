local M, calls = {}, 0
function M.join(...) return table.concat({...}, '+') end
function M.count() calls = calls + 1 return calls end
return M
