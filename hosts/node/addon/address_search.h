// Symbols for a few addresses out of a long table that is read once and never kept: the addresses are sorted and
// each symbol of the table is looked up among them, not the other way round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace codexray {

class AddressSearch {
 public:
  static constexpr size_t kNone = ~size_t{0};

  struct Slot {
    uint64_t start = 0;
    /// 0: no symbol was found.
    uint64_t end = 0;
    /// Where its name is; the table's reader knows what that means.
    uint64_t name = 0;
    uint8_t rank = 0;
  };

  /// Sorts, and drops what is there twice.
  explicit AddressSearch(std::vector<uint64_t> wanted);

  /// A symbol of known size. Of several that hold an address the innermost wins, then the higher rank.
  void Range(uint64_t start, uint64_t end, uint64_t name, uint8_t rank);
  /// A symbol that reaches to the next one. Returns the place of `names` that it now has, or kNone.
  size_t Point(uint64_t start, uint64_t name, uint8_t rank);
  /// A symbol of known size that replaces what was there before.
  void Replace(uint64_t start, uint64_t end, uint64_t name);
  /// After the last symbol; `limit`: end of what can be code.
  void Finish(uint64_t limit = ~uint64_t{0});

  const std::vector<uint64_t>& wanted() const { return wanted_; }
  /// One for each wanted address.
  const std::vector<Slot>& slots() const { return slots_; }
  /// Place of the Point that answers wanted address `i`, kNone where it was a Range; after Finish.
  size_t PointOf(size_t i) const { return point_of_[i]; }

 private:
  size_t FirstFrom(uint64_t address) const;

  std::vector<uint64_t> wanted_;
  std::vector<Slot> slots_;
  /// points_[i]: the highest one between wanted i-1 and i; end != 0 where there is one.
  std::vector<Slot> points_;
  /// Lowest and highest start of any symbol, and highest of a Range, in the same gaps.
  std::vector<uint64_t> lowest_;
  std::vector<uint64_t> highest_range_;
  std::vector<size_t> point_of_;
};

}  // namespace codexray
