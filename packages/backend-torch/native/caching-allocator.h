// A CPU allocator for libtorch that keeps what is freed. A training step frees and asks again for the same few hundred
// megabytes; given back to the system each time, faulting the pages in anew costs as much as the arithmetic.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace kdx {

struct OutOfMemory : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `c10::Allocator::allocate` is const in old versions of libtorch and not in new ones.
template <class Base, class Signature>
class AllocatorOf;

template <class Base>
class AllocatorOf<Base, c10::DataPtr (Base::*)(size_t) const> : public Base {
 public:
  c10::DataPtr allocate(size_t bytes) const override { return const_cast<AllocatorOf*>(this)->take(bytes); }

 protected:
  virtual c10::DataPtr take(size_t bytes) = 0;
};

template <class Base>
class AllocatorOf<Base, c10::DataPtr (Base::*)(size_t)> : public Base {
 public:
  c10::DataPtr allocate(size_t bytes) override { return take(bytes); }

 protected:
  virtual c10::DataPtr take(size_t bytes) = 0;
};

/// What is freed waits in a bin for the next request of the very same size, last in, first out, while it is still in the
/// processor's cache. Behind the bins is a best fit with splitting and merging inside large slabs, which are advised to
/// use huge pages and never unmapped; a slab's untouched end comes last.
class CachingAllocator final : public AllocatorOf<c10::Allocator, decltype(&c10::Allocator::allocate)> {
 public:
  static CachingAllocator& instance() {
    // Never destroyed: tensors may outlive every other static object.
    static auto* allocator = new CachingAllocator();
    return *allocator;
  }

  struct Figures {
    size_t live, reserved, peak, limit;
  };

  Figures figures() {
    std::lock_guard<std::mutex> guard(mutex_);
    return {live_, reserved_, peak_, limit_};
  }

  void resetPeak() {
    std::lock_guard<std::mutex> guard(mutex_);
    peak_ = live_;
  }

  void setLimit(size_t bytes) {
    std::lock_guard<std::mutex> guard(mutex_);
    limit_ = bytes;
  }

  // Pure virtual in new versions, absent from old ones: hence no `override`.
  void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

 private:
  static constexpr size_t kAlignment = 64;
  /// Tensors whose sizes are whole pages would all begin at the same place of a page, and what an operator reads and what
  /// it writes would compete for the same few lines of the cache.
  static constexpr size_t kLarge = size_t{1} << 14;
  static constexpr size_t kStagger = 5 * kAlignment;
  static constexpr size_t kHugePage = size_t{2} << 20;
  static constexpr size_t kSlab = size_t{256} << 20;

  struct Block {
    char* data;
    size_t size;
    Block* before;
    Block* after;
    bool free;
  };

  struct BySize {
    bool operator()(const Block* a, const Block* b) const {
      return a->size != b->size ? a->size < b->size : a->data < b->data;
    }
  };

  c10::DataPtr take(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    const size_t size = (bytes + kAlignment - 1) / kAlignment * kAlignment + (bytes >= kLarge ? kStagger : 0);
    std::lock_guard<std::mutex> guard(mutex_);
    if (size > limit_ || live_ > limit_ - size) outOfMemory(bytes);
    Block* block = fromBin(size);
    if (!block) block = bestFit(size);
    if (!block && emptyBins()) block = bestFit(size);
    if (!block) block = untouched(size, bytes);
    taken_.emplace(block->data, block);
    live_ += block->size;
    peak_ = std::max(peak_, live_);
    return {block->data, block->data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  Block* fromBin(size_t size) {
    const auto bin = bins_.find(size);
    if (bin == bins_.end() || bin->second.empty()) return nullptr;
    Block* block = bin->second.back();
    bin->second.pop_back();
    return block;
  }

  Block* bestFit(size_t size) {
    Block wanted{nullptr, size, nullptr, nullptr, false};
    const auto found = free_.lower_bound(&wanted);
    if (found == free_.end()) return nullptr;
    Block* block = unlist(*found);
    split(block, size);
    return block;
  }

  /// Merges what waits in the bins with its neighbours. False where nothing waited.
  bool emptyBins() {
    bool any = false;
    for (auto& bin : bins_) {
      for (Block* block : bin.second) {
        any = true;
        if (block->before && block->before->free) block = merge(unlist(block->before), block);
        if (block->after && block->after->free) block = merge(block, unlist(block->after));
        list(block);
      }
      bin.second.clear();
    }
    return any;
  }

  /// From the end of the last slab that nothing has used yet, or of a new one.
  Block* untouched(size_t size, size_t asked) {
    if (static_cast<size_t>(slabEnd_ - slabTop_) < size) map(size, asked);
    auto* block = new Block{slabTop_, size, lastOfSlab_, nullptr, false};
    if (lastOfSlab_) lastOfSlab_->after = block;
    lastOfSlab_ = block;
    slabTop_ += size;
    return block;
  }

  void map(size_t size, size_t asked) {
    const size_t bytes = (std::max(size, kSlab) + kHugePage - 1) / kHugePage * kHugePage;
    void* memory = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) outOfMemory(asked);
    const auto aligned = (reinterpret_cast<uintptr_t>(memory) + kHugePage - 1) / kHugePage * kHugePage;
#ifdef MADV_HUGEPAGE
    madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);
#endif
    reserved_ += bytes;
    slabTop_ = reinterpret_cast<char*>(aligned);
    slabEnd_ = slabTop_ + bytes;
    lastOfSlab_ = nullptr;
  }

  void split(Block* block, size_t size) {
    if (block->size == size) return;
    auto* rest = new Block{block->data + size, block->size - size, block, block->after, false};
    if (block->after) block->after->before = rest;
    if (lastOfSlab_ == block) lastOfSlab_ = rest;
    block->after = rest;
    block->size = size;
    list(rest);
  }

  void list(Block* block) {
    block->free = true;
    free_.insert(block);
  }

  Block* unlist(Block* block) {
    block->free = false;
    free_.erase(block);
    return block;
  }

  static void release(void* data) {
    if (data) instance().give(static_cast<char*>(data));
  }

  void give(char* data) {
    std::lock_guard<std::mutex> guard(mutex_);
    const auto found = taken_.find(data);
    Block* block = found->second;
    taken_.erase(found);
    live_ -= block->size;
    bins_[block->size].push_back(block);
  }

  Block* merge(Block* left, Block* right) {
    left->size += right->size;
    left->after = right->after;
    if (right->after) right->after->before = left;
    if (lastOfSlab_ == right) lastOfSlab_ = left;
    delete right;
    return left;
  }

  [[noreturn]] void outOfMemory(size_t asked) const {
    throw OutOfMemory("out of memory: asked for " + std::to_string(asked >> 20) + " MiB, with " +
                      std::to_string(live_ >> 20) + " MiB in tensors of at most " + std::to_string(limit_ >> 20));
  }

  std::mutex mutex_;
  std::set<Block*, BySize> free_;
  std::unordered_map<char*, Block*> taken_;
  std::unordered_map<size_t, std::vector<Block*>> bins_;
  char* slabTop_ = nullptr;
  char* slabEnd_ = nullptr;
  Block* lastOfSlab_ = nullptr;
  size_t live_ = 0;
  size_t reserved_ = 0;
  size_t peak_ = 0;
  size_t limit_ = std::numeric_limits<size_t>::max();
};

}  // namespace kdx
