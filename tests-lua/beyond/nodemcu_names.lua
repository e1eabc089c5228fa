-- Names of older Lua versions that programs for devkits use.
print(loadstring "return 1 + 1"(), unpack { 1, 2, 3 })
print(table.maxn { 1, 2, nil, 4 }, table.maxn {}, table.maxn { [10] = 1, x = 2 }, table.maxn { [2.5] = 1 })
print(math.pow(2, 10), math.pow(2, 0.5) == 2 ^ 0.5)
print(type(package.loaders), package.loaders == package.searchers, #package.loaders >= 2)
