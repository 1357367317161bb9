// Files with code: opened through a process that has them mapped, read for the addresses that samples hit, closed
// again. What was hit is kept, nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "elf_image.h"
#include "process_maps.h"

namespace codexray {

/// Each name once, by number; 0 is the empty one. Numbers hold until Clear.
class NameTable {
 public:
  NameTable() { Clear(); }
  uint32_t Add(const std::string& name);
  const std::string& Get(uint32_t number) const { return *names_[number]; }
  size_t bytes() const { return bytes_; }
  void Clear();

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<const std::string*> names_;
  size_t bytes_ = 0;
};

struct Function {
  uint64_t start;
  uint64_t end;
  /// 0: nobody knows its name.
  uint32_t name;
  uint32_t file;
  uint32_t line;
};

/// Functions that were hit, sorted by start.
class FunctionTable {
 public:
  const Function* Find(uint64_t address) const;
  void Add(std::vector<Function> functions);
  void Clear() { functions_.clear(); }
  size_t size() const { return functions_.size(); }

 private:
  std::vector<Function> functions_;
};

struct CodeModule {
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
  bool opened = false;
  /// Opened, but nothing that has symbols.
  bool foreign = false;
  ElfImage image;
  FunctionTable functions;
  /// Addresses of the file that the next Search looks up, and processes through which it can be opened.
  std::unordered_set<uint64_t> wanted;
  std::vector<uint32_t> pids;
  uint32_t used_in_round = 0;
};

class CodeModules {
 public:
  explicit CodeModules(NameTable* names) : names_(names) {}

  /// The module of a mapping, opened through `pid` if it is not known; null for memory without a file. At most
  /// 4096 files: then all that no process has mapped any more are forgotten, and new ones are not looked at.
  std::shared_ptr<CodeModule> Of(const CodeMapping& mapping, uint32_t pid, uint32_t round);
  /// Looks up what is wanted in all modules.
  void Search();
  /// Forgets modules that no process used for 10 rounds.
  void Trim(uint32_t round);
  void ForgetFunctions();
  size_t size() const { return by_file_.size(); }

 private:
  void SearchModule(CodeModule* module);
  void SearchVdso(CodeModule* module);

  NameTable* names_;
  std::map<std::pair<uint64_t, uint64_t>, std::shared_ptr<CodeModule>> by_file_;
  std::unordered_map<std::string, std::weak_ptr<CodeModule>> by_build_id_;
  std::shared_ptr<CodeModule> vdso_;
};

/// Opens `path` as a process sees it, without ever leaving its root; -1 when there is no such regular file.
int OpenInProcess(uint32_t pid, const std::string& path);

/// All lookups in one file, tables in order: .symtab, a debug file of the same build id, .gopclntab, .dynsym.
/// `wanted` keeps what was not found. `pid`: whose root holds debug files, 0 is our own.
void FindFileSymbols(const ByteSource& source, const std::string& build_id, uint32_t pid, std::vector<uint64_t>* wanted,
                     std::vector<FoundSymbol>* found);

}  // namespace codexray
