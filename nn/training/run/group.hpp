#pragma once
// The processes that train one model together. This class is the group of one process; distributed::World is that of
// the processes that mpirun started.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/base/dim.hpp>
#include <heed/core/base/error.hpp>
#include <heed/core/base/function_ref.hpp>
#include <heed/core/peers.hpp>

namespace heed::training {

// A process of the group was lost: it was killed or stopped, or its link is cut.
struct GroupError : Error {
    using Error::Error;
};

// All processes call the same functions in the same order, and wait in them for each other: each function says what all
// of them get. The first process, of rank 0, leads: it alone writes. All of them throw GroupError where others can be
// lost.
class Group : public Peers {
public:
    bool leads() const { return rank() == 0; }

    // What each process gave, in the order of ranks; all give as many.
    std::vector<double> all_gather(std::span<const double> mine);
    // A text of each process, in the order of ranks.
    std::vector<std::string> all_gather(const std::string& mine);
    // What the leading process gave.
    double of_leader(double value);

    // The leading process's text is every process's: else throws Error in all of them, with the first rank of which it
    // is not, and both texts: "WHAT of rank 2 is MINE, of rank 0 OTHER".
    void require_same(std::string_view what, const std::string& mine);

    // What of(piece, to) writes to `to`, which is for `numbers` of them, for the pieces 0 .. pieces - 1 of some work:
    // each process does its share of the pieces, and all get all, in the order of pieces. Throws as together().
    std::vector<double> share_out(Dim pieces, std::size_t numbers, FunctionRef<void(Dim, std::span<double>)> of);

    // Calls `act` in each process. Where it throws in one of them, all throw: a process that did not, an error of the
    // same kind (NumberError, FileError, IoError, RangeError, or else Error) with the text of the first one that did.
    // After that, no exchange() works any more: some processes may have begun one that others never will.
    void together(FunctionRef<void()> act);
    // Calls `act` in the leading process alone. Throws in all of them, as together().
    void by_leader(FunctionRef<void()> act);

    // Process q gets `parts` of `send` from each process: the bytes from ends[q - 1] to ends[q], of which `receive`
    // then has those of all processes, one after the other.
    void all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends, std::span<std::byte> receive) {
        begin_all_to_all(send, ends, receive)->wait();
    }
    // Each process has its part of `all`, the bytes from ends[rank - 1] to ends[rank], and gets the others.
    void share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) {
        begin_share_parts(all, ends)->wait();
    }

    // One of these that goes on while this process computes. Its end waits for it: what it reads and writes has to
    // live longer, and is not touched meanwhile.
    class Transfer {
    public:
        virtual ~Transfer() = default;
        virtual bool is_done() { return true; }
        virtual void wait() {}
    };
    // All processes begin the same ones in the same order. Those of one process are done at once.
    virtual std::unique_ptr<Transfer> begin_all_to_all(std::span<const std::byte> send,
                                                       std::span<const std::size_t> ends, std::span<std::byte> receive);
    virtual std::unique_ptr<Transfer> begin_share_parts(std::span<std::byte> all, std::span<const std::size_t> ends);
};

Group& one_process();  // the group of this process alone
inline Group& group_of(Group* world) { return world ? *world : one_process(); }

}  // namespace heed::training
